//! One answer from several people's answers (crowd label aggregation), with how sure it is.
