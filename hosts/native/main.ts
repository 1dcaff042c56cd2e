/** The program on the native host. */

import { main } from "../../src/main.ts";
import type { OpenFlags } from "./native-files.ts";
import { NativeHost } from "./native-host.ts";
import type { System } from "./system.ts";

declare const sys: System & OpenFlags;

const native = new NativeHost(sys);
main(native.createHost());
native.run();
