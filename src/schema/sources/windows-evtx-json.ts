import { columns } from '../rows.ts';
import type { NameRow, SourceType } from '../types.ts';
import { WINDOWS } from '../windows.ts';

/**
 * The names of an event that keeps the nesting of its XML. EventData beats System except for EventID and Channel;
 * UserData's wrapper element goes by no name. Attributes come as `#attributes` (evtx_dump), `X_attributes` (evtx_dump
 * with separate attributes, Chainsaw) or `@Name` (most XML converters).
 */
function names(event: string): NameRow[] {
  return columns({
    [`${event}System.EventID`]: 'EventID',
    [`${event}System.EventID.#text`]: 'EventID',
    [`${event}System.Channel`]: 'Channel',
    [`${event}System.Channel.#text`]: 'Channel',
    [`${event}EventData.{x*}.#text`]: '{x*}',
    [`${event}EventData.{x*}`]: '{x*}',
    [`${event}UserData.{wrapper}.{x*}.#text`]: '{x*}',
    [`${event}UserData.{wrapper}.{x*}`]: '{x*}',
    [`${event}UserData.{x}`]: '{x}',
    [`${event}System.TimeCreated.#attributes.SystemTime`]: 'TimeCreated',
    [`${event}System.TimeCreated_attributes.SystemTime`]: 'TimeCreated',
    [`${event}System.TimeCreated.@SystemTime`]: 'TimeCreated',
    [`${event}System.{x}`]: '{x}',
    [`${event}System.{x}.#text`]: '{x}',
    [`${event}System.{x}.#attributes.{y}`]: '{x}_{y}',
    [`${event}System.{x}_attributes.{y}`]: '{x}_{y}',
    [`${event}System.{x}.@{y}`]: '{x}_{y}',
    [`${event}RenderingInfo.Message`]: 'Message',
  });
}

const REFERENCES = [
  'https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema',
  'https://github.com/omerbenamram/evtx',
  'https://github.com/WithSecureLabs/chainsaw',
];

function evtxJson(id: string, title: string, event: string): SourceType {
  return {
    ...WINDOWS,
    id,
    title,
    detect: {
      all: [],
      any: [
        [`${event}System.Channel`, `${event}System.Channel.#text`],
        [`${event}System.EventID`, `${event}System.EventID.#text`],
      ],
    },
    names: names(event),
    references: REFERENCES,
  };
}

export const windowsEvtxJson = evtxJson(
  'windows.evtx_json',
  'Windows events as JSON of their XML (evtx_dump, weir)',
  'Event.',
);
export const windowsEvtxJsonBare = evtxJson(
  'windows.evtx_json_bare',
  'Windows events as JSON of their XML, without the Event element',
  '',
);
export const windowsChainsaw = evtxJson(
  'windows.chainsaw',
  'Windows events in Chainsaw’s hunt output',
  'document.data.Event.',
);
