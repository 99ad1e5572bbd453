/** Text made safe to print, under the roof of what else is done for terminals. */
export { printable, printableJson } from '../../base/index.ts';
