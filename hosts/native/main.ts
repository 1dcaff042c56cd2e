/** The program on the native host. */

import { main } from "../../src/main.ts";
import { once } from "../../src/once.ts";
import type { OpenFlags } from "./native-files.ts";
import { NativeHost } from "./native-host.ts";
import type { System } from "./system.ts";

declare const sys: System & OpenFlags;

// What stands here is kept in the binary as it is now, when that is built: nothing of the outside is
// looked at until the process begins.
const native = new NativeHost(sys);
const host = native.createHost();
const later = once(() => sys.readLater());
sys.begin = () => {
  main(host, later);
  native.run();
};
