import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { fileSystemContract } from "./file_system_contract.ts";

const fs = await runtimeFileSystem();

fileSystemContract(
  "adapter",
  (body) => withTempDir((dir) => body({ fs, dir })),
);
