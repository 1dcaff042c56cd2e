import {
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { need } from "./needs.ts";
import { describeOnEachHost, makeDirectory, run, start } from "./program.ts";
import { call, claim, Wire } from "./wire.ts";

describeOnEachHost("a server that starts in an odd place", (host) => {
  it("P10: goes through no symlink that somebody put where leftovers stand", async (context) => {
    need(context, "root");
    const cwd = makeDirectory();
    const victim = join(makeDirectory(), "victim");
    mkdirSync(victim, { mode: 0o777 });
    chmodSync(victim, 0o777);
    writeFileSync(join(victim, "precious"), "precious");
    // In a sticky directory unlink(2) tells others EPERM, as it does of directories.
    chmodSync(cwd, 0o1777);
    symlinkSync(victim, join(cwd, `..env.startup-server-${"0".repeat(32)}`));
    const wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const program = await start(host, { cwd, wrapper });
    expect(readFileSync(join(victim, "precious"), "utf8")).toBe("precious");
    expect((await claim(program.port, "A=1")).status).toBe(200);
  });

  it("P4: answers whole where its standard streams are closed", async () => {
    const cwd = makeDirectory();
    const listening = await start(host);
    const { port } = listening;
    listening.kill("SIGTERM");
    await listening.exit;
    const wrapper = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"];
    const program = run(host, { cwd, port, wrapper });
    const wire = await connectWhenReady(port);
    await wire.send("GET /?A=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = await wire.answer();
    expect([answer.status, answer.body]).toEqual([200, "OK"]);
    wire.close();
    expect(await program.exit).toBe(0);
    expect(existsSync(join(cwd, ".env"))).toBe(true);
  });
});

describeOnEachHost("a wrong token", (host) => {
  it("P5: is answered though a claim wins meanwhile", async () => {
    const program = await start(host, { env: { STARTUP_SERVER_TOKEN: "right-token" } });
    const wire = await Wire.connect(program.port);
    await wire.send("GET /?A=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n\r\n");
    const headers = { Authorization: "Bearer right-token" };
    const won = call(program.port, { target: "/?A=2", headers });
    expect((await wire.answer()).status).toBe(401);
    expect((await won).status).toBe(200);
    wire.close();
    expect(await program.exit).toBe(0);
  });
});

/** Nothing tells that the server is ready whose standard error is closed, but that it accepts. */
async function connectWhenReady(port: number): Promise<Wire> {
  for (;;) {
    try {
      return await Wire.connect(port);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
