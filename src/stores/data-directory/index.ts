/**
 * data-directory: the folder that one installation of Purser lives in.
 *
 * Answers:   whose directory this is (installation id, secret), and which process holds it.
 * Promises:  one holder at a time, by a lock of the operating system that ends with its process.
 * Does not:  know what the stores keep in it.
 * Start at:  open.ts.
 */

export { type Holder, readHolder } from "./holder.ts";
export { readInstallation } from "./installation.ts";
export { type OpenDataDirectoryOptions, openDataDirectory, prepareDataDirectory } from "./open.ts";
