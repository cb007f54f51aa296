import "../shared/theme/mantine.css";
import "../shared/theme/base.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app";

const nonce = document.documentElement.dataset.nonce ?? "";
// Libraries that insert style elements have to carry the nonce of the page's policy.
setNonce(nonce);

const root = document.querySelector("#root");
if (root) createRoot(root).render(<App nonce={nonce} />);
