/** The program on Node. */

import { main } from "../../src/main.ts";
import { createNodeHost } from "./node-host.ts";

main(createNodeHost());
