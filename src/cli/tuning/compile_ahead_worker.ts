/** Compiles the kernels of one run, then ends. */
import { compileTask } from "./compile_ahead.ts";

declare const self: {
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
};

self.onmessage = async ({ data }) => {
  await compileTask(data);
  self.close();
};
