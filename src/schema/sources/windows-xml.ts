import type { SourceType } from '../types.ts';
import { WINDOWS } from '../windows.ts';

/** Where shippers put the rendered XML of an event; `_raw` is Splunk's, `event.original` ECS's. */
const PATHS = [
  'xml',
  'Xml',
  'XML',
  'EventXML',
  'EventXml',
  'RawXml',
  'raw_xml',
  'event.original',
  '_raw',
  'message',
  'Message',
];

export const windowsXml: SourceType = {
  ...WINDOWS,
  id: 'windows.xml',
  title: 'Windows events as rendered XML in a JSON field',
  detect: { all: [], any: [PATHS] },
  xml: PATHS,
  names: [],
  references: ['https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema'],
};
