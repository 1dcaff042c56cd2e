/** systemd's parser of `EnvironmentFile=`, called in its shared library. */

import type { Place } from "../place.ts";
import { ALL, NO_NONCHARACTERS, packageVersion, parseNulEnded, type Reader } from "../reader.ts";

/** As exec_context_load_environment does: load, then drop what is not a valid assignment. */
const LOAD = `
import ctypes, glob, sys
systemd = ctypes.CDLL(glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so")[0])
systemd.env_assignment_is_valid.restype = ctypes.c_bool
systemd.env_assignment_is_valid.argtypes = [ctypes.c_char_p]
loaded = ctypes.POINTER(ctypes.c_char_p)()
result = systemd.load_env_file(None, sys.argv[1].encode(), ctypes.byref(loaded))
if result < 0:
    sys.exit("load_env_file: errno " + str(-result))
index = 0
while loaded and loaded[index]:
    if systemd.env_assignment_is_valid(loaded[index]):
        sys.stdout.buffer.write(loaded[index] + b"\\0")
    index += 1
`;

export function systemd(place: Place): Reader {
  return {
    name: "systemd EnvironmentFile=",
    place,
    claims: { strict: ALL, portable: NO_NONCHARACTERS, sh: NO_NONCHARACTERS },
    version: () => packageVersion(place, "systemd"),
    read: async (path) => {
      const { stdout } = await place.run({ argv: ["python3", "-c", LOAD, path] });
      return parseNulEnded(stdout);
    },
  };
}
