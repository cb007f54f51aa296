// The suite asks `node:fs` for `globSync`, which Node 20 has not, and uses it for clients only.
export const resolve = (specifier, context, next) =>
  specifier === "fs" && context.parentURL?.includes("/@modelcontextprotocol/conformance/")
    ? { url: new URL("./fs.mjs", import.meta.url).href, shortCircuit: true }
    : next(specifier, context);
