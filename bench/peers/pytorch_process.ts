/** The Python process in which PyTorch runs: a line of JSON to it, a line of JSON back. */

import { fromFileUrl } from "@std/path";

/** What the process answered; which members there are depends on what was asked. */
export interface PythonReply {
  /** Version of PyTorch. */
  readonly version?: string;
  /** The memory format that was chosen. */
  readonly format?: string;
  /** Values as base64 of f32. */
  readonly data?: string;
}

/** Bytes of the standard error stream that are kept to be shown. */
const MOST_COMPLAINT = 4000;

/** A process that is asked one thing after another. */
export class PythonProcess implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;
  readonly #complaintEnd: Promise<void>;
  #complaint = "";
  #last: Promise<unknown> = Promise.resolve();

  /** Starts `python3` with the script. */
  constructor(script: URL) {
    this.#child = new Deno.Command("python3", {
      args: ["-u", fromFileUrl(script)],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = linesOf(this.#child.stdout);
    this.#complaintEnd = this.#listen();
  }

  /** The answer to a request; rejects with what Python said where it failed. */
  ask(request: Record<string, unknown>): Promise<PythonReply> {
    const reply = this.#last.then(() => this.#askNow(request));
    this.#last = reply.catch(() => {});
    return reply;
  }

  async #askNow(request: Record<string, unknown>): Promise<PythonReply> {
    // A process that has ended cannot be written to; the missing answer below tells why it ended.
    const line = new TextEncoder().encode(JSON.stringify(request) + "\n");
    await this.#writer.write(line).catch(() => {});
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.#complaintEnd;
      throw new Error(this.#complaint.trim().split("\n").at(-1) || "python3 ended unexpectedly");
    }
    const reply = JSON.parse(value) as PythonReply & { error?: string };
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }

  async #listen(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaint = (this.#complaint + text).slice(-MOST_COMPLAINT);
    }
  }

  /** Ends the process. */
  [Symbol.dispose](): void {
    this.#writer.close().catch(() => {});
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const [head, ...others] = text.split("\n");
    parts.push(head!);
    for (const other of others) {
      yield parts.join("");
      parts = [other];
    }
  }
}
