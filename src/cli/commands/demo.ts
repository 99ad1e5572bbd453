/** `weir demo`: the ordinary scan over a story, with the ordinary rules. */
import { fileInfo, WeirError } from '../../base/index.ts';
import { demoStory } from '../places.ts';
import { runScan } from '../run.ts';
import { paint, type Terminal } from '../terminal/terminal.ts';
import { runOptions, type ScanFlags } from './scan.ts';

/** What was made up, before what is found of it. */
function prologue(terminal: Terminal): string {
  return `${paint(terminal, 'bold', 'Larkfield Instruments, two days in March 2026')}
Workstations, servers, a web shop, AWS, Entra, Microsoft 365: some 7,000 events
of people at work, and one intruder, who starts with a mail on Tuesday morning
and has left with the designs by Wednesday noon. This is what the rules see of it,
in order of time:

`;
}

function epilogue(terminal: Terminal, story: string): string {
  return `
${paint(terminal, 'bold', 'It was the ordinary scan. Next:')}
  weir scan ${story} --format table               the same by level, rule and host
  weir scan ${story} --format html --out demo.html a report to open and to search
  weir scan YOUR-LOGS                             your own events
`;
}

export async function demoCommand(flags: ScanFlags): Promise<number> {
  const story = demoStory();
  if (fileInfo(story) === null) {
    throw new WeirError('cli.demo', `the demo's events are not there: ${story}`, {
      hint: 'Reinstall weir, or run node bin/node24.js demo/story.ts in its folder.',
    });
  }
  const told = flags.format === undefined && flags.out === undefined;
  const options = runOptions([story], told ? { ...flags, format: 'timeline' } : flags);
  if (told) process.stderr.write(prologue(options.stderr));
  const { status } = await runScan(options);
  if (told) process.stderr.write(epilogue(options.stderr, story));
  return status;
}
