/** All that a page without a bundler takes from one file. */
export * from "./index";
export { sharedSockets } from "./shared";
