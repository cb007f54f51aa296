//! How unlike anything seen a row is: energy, Mahalanobis and neighbour distances.
