import { assertEquals } from "@std/assert";
import { formatSeconds, Progress, type ProgressOutput } from "../../src/cli/progress.ts";

/** An output that remembers what was written, with a clock that only the test moves. */
class Paper implements ProgressOutput {
  text = "";
  seconds = 0;
  constructor(readonly terminal: boolean) {}
  write(text: string): void {
    this.text += text;
  }
  now(): number {
    return this.seconds * 1000;
  }
}

Deno.test("Progress writes a plain line at most every ten seconds, and the last one", () => {
  const paper = new Paper(false);
  const progress = new Progress("reading", 100, 0, paper);
  for (let done = 1; done <= 100; done++) {
    paper.seconds = done / 5;
    progress.update(done);
  }
  progress.end();
  assertEquals(paper.text.split("\n"), [
    "reading 1/100, 20 s left",
    "reading 51/100, 10 s left",
    "reading 100/100",
    "",
  ]);
});

Deno.test("Progress reckons the time left from the work of this run alone", () => {
  const paper = new Paper(false);
  const progress = new Progress("step", 100, 80, paper);
  paper.seconds = 60;
  progress.update(90, "loss 1.5");
  assertEquals(paper.text, "step 90/100  loss 1.5, 1 min 00 s left\n");
  assertEquals(progress.seconds, 60);
});

Deno.test("Progress draws a bar over itself on a terminal, ten times a second", () => {
  const paper = new Paper(true);
  const progress = new Progress("reading", 4, 0, paper);
  progress.update(1);
  paper.seconds = 0.05;
  progress.update(2); // too soon
  paper.seconds = 0.2;
  progress.update(3);
  progress.end();
  const draw = "\r\x1b[K";
  assertEquals(
    paper.text,
    `${draw}${"█".repeat(6)}${"░".repeat(18)} reading 1/4, 0 s left` +
      `${draw}${"█".repeat(18)}${"░".repeat(6)} reading 3/4, 0 s left\n`,
  );
});

Deno.test("Progress.line() puts a line in the place of the bar", () => {
  const paper = new Paper(true);
  const progress = new Progress("reading", 2, 0, paper);
  progress.line("before");
  progress.update(2);
  progress.line("a warning");
  progress.end();
  assertEquals(
    paper.text,
    `before\n\r\x1b[K${"█".repeat(24)} reading 2/2\r\x1b[Ka warning\n`,
  );
});

Deno.test("formatSeconds() counts in seconds, minutes and hours", () => {
  assertEquals(
    [0, 41.6, 59.5, 185, 3599.4, 7322].map(formatSeconds),
    ["0 s", "42 s", "1 min 00 s", "3 min 05 s", "59 min 59 s", "2 h 02 min"],
  );
});
