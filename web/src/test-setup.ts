import { configure } from "@testing-library/react";

// What a page shows comes when it comes; what does not come fails all the same.
configure({ asyncUtilTimeout: 30_000 });
