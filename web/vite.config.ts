import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    cssCodeSplit: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { "/v1": process.env.TANDEM_URL ?? "http://127.0.0.1:8460" },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // What hangs is ended; how fast the machine is, is not what these tests are about.
    testTimeout: 60_000,
    setupFiles: ["src/test-setup.ts"],
  },
});
