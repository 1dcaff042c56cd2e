/** Formats an instant for logs and for HTTP without the engine's Date, which costs 20 KB of binary. */

const DAY_MS = 86_400_000;
const WEEKDAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

interface CalendarTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** `hh:mm:ss`. */
  readonly time: string;
}

/** `2026-11-22T13:07:36.042Z` (RFC 3339) of milliseconds since 1970, UTC. */
export function formatTimestamp(epochMs: number): string {
  const { year, month, day, time } = toCalendar(epochMs);
  const fraction = padded(Math.floor(epochMs) % 1000, 3);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${time}.${fraction}Z`;
}

/** `Sun, 22 Nov 2026 13:07:36 GMT` (IMF-fixdate, RFC 9110 section 5.6.7) of milliseconds since 1970. */
export function formatHttpDate(epochMs: number): string {
  const { year, month, day, time } = toCalendar(epochMs);
  const weekday = WEEKDAYS[Math.floor(epochMs / DAY_MS) % 7] ?? "";
  const monthName = MONTHS[month - 1] ?? "";
  return `${weekday}, ${padded(day, 2)} ${monthName} ${padded(year, 4)} ${time} GMT`;
}

let lastSecond = -1;
let lastTime: CalendarTime = { year: 1970, month: 1, day: 1, time: "" };

/** Reckoned once a second: a log line and an answer most often come together. */
function toCalendar(epochMs: number): CalendarTime {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastTime = reckon(epochMs);
  }
  return lastTime;
}

/** Days since 1970 to a Gregorian date, counted in years that begin on the first of March. */
function reckon(epochMs: number): CalendarTime {
  const sinceEraStart = Math.floor(epochMs / DAY_MS) + 719_468;
  const era = Math.floor(sinceEraStart / 146_097);
  const dayOfEra = sinceEraStart - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524);
  const lastDay = Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays - lastDay) / 365);
  const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - yearStart;
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const seconds = Math.floor(epochMs / 1000) % 86_400;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    time: formatTime(seconds),
  };
}

function formatTime(secondsOfDay: number): string {
  const minutes = Math.floor(secondsOfDay / 60);
  return `${padded(Math.floor(minutes / 60), 2)}:${padded(minutes % 60, 2)}:${padded(secondsOfDay % 60, 2)}`;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
