/**
 * Schemas of options that many functions have.
 *
 * @module
 */
import * as v from "valibot";
import type { FileSystem } from "./file_system.ts";

/** The option `fs`. */
export const FileSystemOption: v.GenericSchema<FileSystem | undefined> = v
  .optional(v.custom<FileSystem>(
    (value) => typeof value === "object" && value !== null,
    "must be a file system",
  ));

/** The option `mode`: the owner must be able to read and write the run. */
export const FileModeOption: v.GenericSchema<number> = v.custom<number>(
  (mode) =>
    typeof mode === "number" && Number.isInteger(mode) && mode > 0 &&
    mode <= 0o777 && (mode & 0o600) === 0o600,
  "must be permissions that let the owner read and write, such as 0o600",
);
