import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { isOpenGl, type Probe, probe } from "../../src/cli/probe.ts";
import { familyOf, remedyFor } from "../../src/cli/remedies.ts";
import { setup, type System } from "../../src/cli/setup.ts";

const NONE: Probe = {
  name: null,
  class: "software",
  openGl: false,
  problem: "WebGPU finds no adapter",
};
const VULKAN: Probe = { name: "llvmpipe", class: "software", openGl: false, problem: null };
const OPENGL: Probe = { ...VULKAN, openGl: true };
const DEBIAN = 'PRETTY_NAME="Debian"\nID=debian\n';
const OK = { code: 0, output: "" };

interface Log {
  said: string[];
  ran: string[];
  backends: (string | undefined)[];
}

/** A Debian machine as root without an adapter, unless told otherwise, that notes what is done. */
function machine(
  fields: Partial<System> & { apt?: { code: number; output: string }[]; after?: Probe[] },
): { system: System; log: Log } {
  const log: Log = { said: [], ran: [], backends: [] };
  const apt = [...fields.apt ?? [OK]];
  const after = [...fields.after ?? [VULKAN]];
  const system: System = {
    os: "linux",
    release: DEBIAN,
    isRoot: true,
    chosenBackend: undefined,
    probe: () => Promise.resolve(NONE),
    probeAfresh: (backend) => {
      log.backends.push(backend);
      const found = after.shift();
      assert(found, "one probe too many");
      return Promise.resolve(found);
    },
    aptGet: (args) => {
      log.ran.push(args.filter((arg) => /^[a-z]/.test(arg)).join(" "));
      const result = apt.shift();
      assert(result, "one apt-get too many");
      return Promise.resolve(result);
    },
    say: (line) => log.said.push(line),
    ...fields,
  };
  return { system, log };
}

Deno.test("setup() does nothing where an adapter computes", async () => {
  const { system, log } = machine({ probe: () => Promise.resolve(VULKAN), apt: [], after: [] });
  assertEquals(await setup(system), 0);
  assertEquals(log.said, ["WebGPU adapter: llvmpipe (software)."]);
});

Deno.test("setup() installs the driver on Debian as root, says so, and looks again", async () => {
  const { system, log } = machine({});
  assertEquals(await setup(system), 0);
  assertEquals(log.ran, ["install mesa-vulkan-drivers"]);
  assertMatch(log.said[0]!, /finds no adapter.*apt-get install mesa-vulkan-drivers/);
  assertEquals(log.said.at(-1), "WebGPU adapter: llvmpipe (software).");
  assertEquals(log.backends, [undefined]);
});

Deno.test("setup() fetches the package lists where they are missing", async () => {
  const apt = [{ code: 100, output: "E: Unable to locate package" }, OK, OK];
  const { system, log } = machine({ apt, release: "ID=pop\nID_LIKE='ubuntu debian'\n" });
  assertEquals(await setup(system), 0);
  assertEquals(log.ran, [
    "install mesa-vulkan-drivers",
    "update",
    "install mesa-vulkan-drivers",
  ]);
});

Deno.test("setup() gives apt-get's own reason where the installation fails", async () => {
  const bad = { code: 100, output: "Reading...\nE: No space left on device\n" };
  const { system, log } = machine({ apt: [bad, OK, bad], after: [] });
  assertEquals(await setup(system), 1);
  assertMatch(log.said.at(-1)!, /Setup failed: apt-get .* code 100: E: No space left on device\.$/);
});

Deno.test("setup() fails where the installed driver gives no adapter either", async () => {
  const { system, log } = machine({ after: [NONE] });
  assertEquals(await setup(system), 1);
  assertMatch(log.said.at(-1)!, /is installed, but WebGPU finds no adapter/);
});

Deno.test("setup() gives the remedy where it may not install", async () => {
  const cases: [Partial<System>, string][] = [
    [{ isRoot: false }, "sudo apt-get install --no-install-recommends mesa-vulkan-drivers"],
    [{ release: "ID=fedora\n" }, "sudo dnf install mesa-vulkan-drivers"],
    [{ release: "ID=arch\n" }, "sudo pacman -S vulkan-swrast"],
    [{ release: "ID=alpine\n" }, "apk add mesa-vulkan-swrast"],
    [{ release: 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n' }, "sudo zypper install"],
    [{ release: "" }, "libvulkan.so.1"],
    [{ os: "darwin", release: "" }, "Metal"],
    [{ os: "windows", release: "" }, "Direct3D 12"],
  ];
  for (const [fields, remedy] of cases) {
    const { system, log } = machine({ apt: [], after: [], ...fields });
    assertEquals(await setup(system), 1);
    assertEquals(log.said.length, 1);
    assertStringIncludes(log.said[0]!, "WebGPU finds no adapter. To fix this: ");
    assertStringIncludes(log.said[0]!, remedy);
  }
});

Deno.test("setup() names the backend that the user chose where it has no adapter", async () => {
  const { system, log } = machine({ chosenBackend: "metal", apt: [], after: [] });
  assertEquals(await setup(system), 1);
  assertMatch(log.said[0]!, /backend "metal"\. To fix this: unset DENO_WEBGPU_BACKEND/);
});

Deno.test("setup() replaces an OpenGL adapter by a Vulkan one", async () => {
  const { system, log } = machine({
    probe: () => Promise.resolve(OPENGL),
    after: [NONE, VULKAN],
  });
  assertEquals(await setup(system), 0);
  assertEquals(log.backends, ["vulkan", undefined]);
  assertEquals(log.ran, ["install mesa-vulkan-drivers"]);
  assertEquals(log.said.at(-1), "WebGPU adapter: llvmpipe (software).");
});

Deno.test("setup() goes on with a warning where only OpenGL can be had", async () => {
  const bad = { code: 100, output: "E: offline" };
  const cases: [Parameters<typeof machine>[0], RegExp][] = [
    [{ isRoot: false, after: [NONE] }, /not tested; better: sudo apt-get install/],
    [{ apt: [bad, bad, bad], after: [NONE] }, /could not be installed \(.*E: offline\)/],
    [{ after: [NONE, OPENGL] }, /Vulkan still gives no adapter/],
    [{ after: [VULKAN] }, /set DENO_WEBGPU_BACKEND=vulkan to use llvmpipe/],
    [{ chosenBackend: "gl", after: [] }, /unset DENO_WEBGPU_BACKEND/],
  ];
  for (const [fields, words] of cases) {
    const { system, log } = machine({ probe: () => Promise.resolve(OPENGL), ...fields });
    assertEquals(await setup(system), 0);
    assertMatch(log.said.at(-1)!, words);
    assertMatch(log.said.at(-1)!, /^Warning: /);
  }
});

Deno.test("setup() refuses an adapter that computes wrong, and installs nothing", async () => {
  const broken = { ...VULKAN, name: "Some GPU", problem: "3 of 1024 values are wrong" };
  const { system, log } = machine({ probe: () => Promise.resolve(broken), apt: [], after: [] });
  assertEquals(await setup(system), 1);
  assertMatch(log.said[0]!, /Some GPU cannot be used: 3 of 1024 values are wrong/);
});

Deno.test("familyOf() reads os-release and knows systems that are like others", () => {
  assertEquals(familyOf("linux", 'NAME="X"\nVERSION_ID="22"\nID=ubuntu\n'), "debian");
  assertEquals(familyOf("linux", "ID=linuxmint\nID_LIKE=ubuntu\n"), "debian");
  assertEquals(familyOf("linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'), "fedora");
  assertEquals(familyOf("linux", "VARIANT_ID=debian\nID=nixos\n"), "linux");
  assertEquals(familyOf("darwin", DEBIAN), "darwin");
  assertEquals(familyOf("freebsd", ""), "other");
  assert(remedyFor("other").length > 0);
});

Deno.test("isOpenGl() tells Deno's OpenGL backend from the others", () => {
  const adapter = (min: number, max: number, ...features: string[]) =>
    ({
      info: { subgroupMinSize: min, subgroupMaxSize: max },
      features: new Set(features),
    }) as unknown as GPUAdapter;
  assertEquals(isOpenGl(adapter(4, 128, "timestamp-query")), true);
  assertEquals(isOpenGl(adapter(8, 8, "bgra8unorm-storage")), false);
  assertEquals(isOpenGl(adapter(4, 128, "bgra8unorm-storage")), false);
  assertEquals(isOpenGl(adapter(32, 32)), false);
});

Deno.test("probe() finds this machine's adapter and runs the known-answer kernel", async () => {
  const found = await probe();
  assertEquals(found.problem, null);
  assert(found.name);
});

Deno.test("probe() says what is missing", async () => {
  const without = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  assertEquals((await probe(without)).problem, "WebGPU finds no adapter");
  const dead = {
    requestAdapter: () =>
      Promise.resolve({
        info: { description: "Dead GPU" },
        features: new Set(),
        requestDevice: () => Promise.reject(new Error("out of memory")),
      }),
  } as unknown as GPU;
  const found = await probe(dead);
  assertEquals([found.name, found.problem], ["Dead GPU", "it gives no device: out of memory"]);
});
