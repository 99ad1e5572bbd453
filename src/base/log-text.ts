/** A log line for people: `14:03:07.120 WARN  journal   the disk is slow  ms=112`. */
import { printable } from './printable.ts';

const COLOURS: Readonly<Record<string, string>> = { error: '31', warn: '33', debug: '2', trace: '2' };
/** As wide as the longest name of a room. */
const ROOM_WIDTH = 9;

/** `json`: a line as pino writes it. Ends in a line feed. Control characters come out escaped, stacks on lines of their own. */
export function textLine(json: string, colour: boolean): string {
  const { level, time, room, message, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const name = String(level);
  const shown = name.toUpperCase().padEnd(5);
  const paint = colour && COLOURS[name] !== undefined ? `\x1b[${COLOURS[name]}m${shown}\x1b[0m` : shown;
  const stacks: string[] = [];
  const rest = Object.entries(fields).map(([key, value]) => `  ${printable(key)}=${shownValue(value, stacks)}`);
  const clock = String(time).slice(11, 23);
  const head = `${clock} ${paint} ${printable(String(room)).padEnd(ROOM_WIDTH)} ${printable(String(message))}`;
  return `${head}${rest.join('')}\n${stacks.join('')}`;
}

function shownValue(value: unknown, stacks: string[]): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : printable(JSON.stringify(value));
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    for (const line of String(value.stack).split('\n').slice(1)) stacks.push(`    ${printable(line.trim())}\n`);
    return printable(JSON.stringify(value.message));
  }
  return printable(JSON.stringify(value));
}
