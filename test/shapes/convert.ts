/**
 * One Windows event in every shape it comes in. What a shape cannot hold (NXLog's own bookkeeping, say) is left out;
 * names and values that rules read are kept.
 */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
type JsonObject = { readonly [key: string]: JsonValue };

/** An event apart from any shape. */
export interface WindowsEvent {
  readonly channel: string;
  readonly eventId: JsonValue;
  readonly provider: string | null;
  readonly providerGuid: string | null;
  readonly computer: string | null;
  readonly recordId: JsonValue;
  readonly time: string | null;
  readonly processId: JsonValue;
  readonly threadId: JsonValue;
  readonly user: string | null;
  readonly activity: string | null;
  /** Level, Task, Opcode, Keywords, Version, where the event states them. */
  readonly header: JsonObject;
  /** EventData or UserData, by name; unnamed data is the list `Data`. */
  readonly data: JsonObject;
  /** Wrapper element of UserData; null where the data is EventData. */
  readonly wrapper: string | null;
  readonly message: string | null;
}

const HEADER = ['Level', 'Task', 'Opcode', 'Keywords', 'Version'];

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue {
  let found: JsonValue | undefined = value;
  for (const key of keys) found = isObject(found) ? found[key] : undefined;
  return found ?? null;
}

function text(value: JsonValue): string | null {
  return typeof value === 'string' ? value : null;
}

function pick(from: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}

function withoutNulls(object: { readonly [key: string]: JsonValue | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (value === null || value === undefined ? [] : [[key, value]])),
  );
}

/** An element that holds only text, whatever attributes it has. */
function elementText(value: JsonValue): JsonValue {
  return isObject(value) && '#text' in value ? at(value, '#text') : value;
}

/** From evtx_dump's JSON. */
export function fromEvtxJson(line: string): WindowsEvent {
  const parsed: JsonValue = JSON.parse(line);
  const system = at(parsed, 'Event', 'System');
  const attribute = (element: string, name: string) => at(system, element, '#attributes', name);
  const userData = at(parsed, 'Event', 'UserData');
  const [wrapper] = isObject(userData) ? Object.keys(userData) : [];
  const body = wrapper === undefined ? at(parsed, 'Event', 'EventData') : at(userData, wrapper);
  const data = Object.entries(isObject(body) ? body : {}).filter(([key]) => key !== '#attributes');
  return {
    channel: text(at(system, 'Channel')) ?? '',
    eventId: elementText(at(system, 'EventID')),
    provider: text(attribute('Provider', 'Name')),
    providerGuid: text(attribute('Provider', 'Guid')),
    computer: text(at(system, 'Computer')),
    recordId: at(system, 'EventRecordID'),
    time: text(attribute('TimeCreated', 'SystemTime')),
    processId: attribute('Execution', 'ProcessID'),
    threadId: attribute('Execution', 'ThreadID'),
    user: text(attribute('Security', 'UserID')),
    activity: text(attribute('Correlation', 'ActivityID')),
    header: isObject(system) ? pick(system, HEADER) : {},
    data: Object.fromEntries(data.map(([key, value]) => [key, elementText(value)])),
    wrapper: wrapper ?? null,
    message: text(at(parsed, 'Event', 'RenderingInfo', 'Message')),
  };
}

/** What NXLog and the recordings' collector add or rename; all else at the top of the event is event data. */
const NXLOG_OWN = [
  '@timestamp',
  '@version',
  'AccountName',
  'AccountType',
  'ActivityID',
  'Category',
  'Channel',
  'Domain',
  'ERROR_EVT_UNRESOLVED',
  'EventID',
  'EventReceivedTime',
  'EventTime',
  'EventTypeOrignal',
  'ExecutionProcessID',
  'Hostname',
  'Message',
  'OpcodeValue',
  'ProviderGuid',
  'RecordNumber',
  'Severity',
  'SeverityValue',
  'SourceModuleName',
  'SourceModuleType',
  'SourceName',
  'ThreadID',
  'TimeCreated',
  'UserData',
  'UserID',
  'host',
  'port',
  'tags',
  ...HEADER,
];
const NXLOG_EVENT_TYPES: readonly JsonValue[] = [
  'INFO',
  'ERROR',
  'WARNING',
  'CRITICAL',
  'VERBOSE',
  'AUDIT_SUCCESS',
  'AUDIT_FAILURE',
];

/** From NXLog's flat JSON. `EventType` is event data only where it is none of NXLog's own. */
export function fromNxlog(line: string): WindowsEvent {
  const parsed: JsonValue = JSON.parse(line);
  const event: JsonObject = isObject(parsed) ? parsed : {};
  const own = (key: string) => event[key] ?? null;
  const isOwn = (key: string, value: JsonValue) =>
    NXLOG_OWN.includes(key) || (key === 'EventType' && NXLOG_EVENT_TYPES.includes(value));
  return {
    channel: text(own('Channel')) ?? '',
    eventId: own('EventID'),
    provider: text(own('SourceName')),
    providerGuid: text(own('ProviderGuid')),
    computer: text(own('Hostname')),
    recordId: own('RecordNumber'),
    time: text(own('@timestamp')),
    processId: own('ExecutionProcessID'),
    threadId: own('ThreadID'),
    user: text(own('UserID')),
    activity: text(own('ActivityID')),
    header: pick(event, HEADER),
    data: Object.fromEntries(Object.entries(event).filter(([key, value]) => !isOwn(key, value))),
    wrapper: null,
    message: text(own('Message')),
  };
}

function toEvtxJson(event: WindowsEvent): JsonObject {
  const { wrapper, data } = event;
  return {
    Event: {
      '#attributes': { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
      System: withoutNulls({
        Provider: { '#attributes': withoutNulls({ Name: event.provider, Guid: event.providerGuid }) },
        EventID: event.eventId,
        ...event.header,
        TimeCreated: event.time === null ? null : { '#attributes': { SystemTime: event.time } },
        EventRecordID: event.recordId,
        Correlation: event.activity === null ? null : { '#attributes': { ActivityID: event.activity } },
        Execution: { '#attributes': withoutNulls({ ProcessID: event.processId, ThreadID: event.threadId }) },
        Channel: event.channel,
        Computer: event.computer,
        Security: event.user === null ? null : { '#attributes': { UserID: event.user } },
      }),
      ...(wrapper === null ? { EventData: data } : { UserData: { [wrapper]: data } }),
      ...(event.message === null ? {} : { RenderingInfo: { Message: event.message } }),
    },
  };
}

function toNxlog(event: WindowsEvent): JsonObject {
  return withoutNullsExcept(event.data, {
    ...event.data,
    ...event.header,
    '@timestamp': event.time,
    Channel: event.channel,
    EventID: event.eventId,
    SourceName: event.provider,
    ProviderGuid: event.providerGuid,
    Hostname: event.computer,
    RecordNumber: event.recordId,
    ExecutionProcessID: event.processId,
    ThreadID: event.threadId,
    UserID: event.user,
    ActivityID: event.activity,
    Message: event.message,
    SourceModuleName: 'eventlog',
    SourceModuleType: 'im_msvistalog',
  });
}

/** Event data keeps its nulls: a key with null is present. */
function withoutNullsExcept(data: JsonObject, event: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(event).filter(([key, value]) => value !== null || key in data));
}

function winlog(event: WindowsEvent): JsonObject {
  return withoutNulls({
    channel: event.channel,
    event_id: event.eventId === null ? null : String(event.eventId),
    provider_name: event.provider,
    provider_guid: event.providerGuid,
    computer_name: event.computer,
    record_id: event.recordId,
    process: withoutNulls({ pid: event.processId, thread: event.threadId === null ? null : { id: event.threadId } }),
    user: event.user === null ? null : { identifier: event.user },
    activity_id: event.activity,
    task: event.header['Task'],
    opcode: event.header['Opcode'],
    keywords: event.header['Keywords'],
    version: event.header['Version'],
    level: event.header['Level'],
    [event.wrapper === null ? 'event_data' : 'user_data']: event.data,
  });
}

function toWinlogbeat(event: WindowsEvent): JsonObject {
  return withoutNulls({
    '@timestamp': event.time,
    winlog: winlog(event),
    event: withoutNulls({
      kind: 'event',
      code: event.eventId === null ? null : String(event.eventId),
      provider: event.provider,
    }),
    message: event.message,
  });
}

/** Elastic Agent gives the event id as `event.code` only and adds where its data stream goes. */
function toElasticAgent(event: WindowsEvent): JsonObject {
  const { event_id: _, ...rest } = winlog(event);
  return withoutNulls({
    '@timestamp': event.time,
    data_stream: { dataset: 'windows.forwarded', namespace: 'default', type: 'logs' },
    event: withoutNulls({
      code: event.eventId === null ? null : String(event.eventId),
      provider: event.provider,
      module: 'windows',
    }),
    host: withoutNulls({ name: event.computer }),
    winlog: rest,
    message: event.message,
  });
}

/** Nested objects as one level of dotted keys; lists stay. */
function dotted(object: JsonObject, prefix = ''): JsonObject {
  const flat: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(object)) {
    if (isObject(value)) Object.assign(flat, dotted(value, `${prefix}${key}.`));
    else flat[`${prefix}${key}`] = value;
  }
  return flat;
}

function escapeXml(value: JsonValue): string {
  return String(value ?? '').replace(/[&<>"]|\p{Cc}/gu, (char) => `&#${char.charCodeAt(0)};`);
}

function attributes(values: JsonObject): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
}

/** The event as Windows renders it; unnamed data is one `<Data>` a value. */
export function toXml(event: WindowsEvent): string {
  const element = (name: string, value: JsonValue | undefined) =>
    value === null || value === undefined ? '' : `<${name}>${escapeXml(value)}</${name}>`;
  const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [value ?? null]);
  const data = Object.entries(event.data)
    .map(([name, value]) => {
      if (event.wrapper !== null)
        return list(value)
          .map((item) => element(name, item ?? ''))
          .join('');
      if (name === 'Data')
        return list(value)
          .map((item) => `<Data>${escapeXml(item)}</Data>`)
          .join('');
      if (name === 'Binary') return element('Binary', value);
      return `<Data Name="${escapeXml(name)}">${escapeXml(value)}</Data>`;
    })
    .join('');
  const system = [
    `<Provider${attributes(withoutNulls({ Name: event.provider, Guid: event.providerGuid }))}/>`,
    element('EventID', event.eventId),
    ...HEADER.map((name) => element(name, event.header[name])),
    event.time === null ? '' : `<TimeCreated${attributes({ SystemTime: event.time })}/>`,
    element('EventRecordID', event.recordId),
    event.activity === null ? '' : `<Correlation${attributes({ ActivityID: event.activity })}/>`,
    `<Execution${attributes(withoutNulls({ ProcessID: event.processId, ThreadID: event.threadId }))}/>`,
    element('Channel', event.channel),
    element('Computer', event.computer),
    event.user === null ? '' : `<Security${attributes({ UserID: event.user })}/>`,
  ].join('');
  const body =
    event.wrapper === null
      ? `<EventData>${data}</EventData>`
      : `<UserData><${event.wrapper}>${data}</${event.wrapper}></UserData>`;
  const rendering =
    event.message === null ? '' : `<RenderingInfo Culture="en-US">${element('Message', event.message)}</RenderingInfo>`;
  return `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>${system}</System>${body}${rendering}</Event>`;
}

/** Shape → an event in it, as one line of JSON. */
export const SHAPES: Readonly<Record<string, (event: WindowsEvent) => string>> = {
  evtx_json: (event) => JSON.stringify(toEvtxJson(event)),
  nxlog: (event) => JSON.stringify(toNxlog(event)),
  winlogbeat: (event) => JSON.stringify(toWinlogbeat(event)),
  winlogbeat_dotted: (event) => JSON.stringify(dotted(toWinlogbeat(event))),
  elastic_agent: (event) => JSON.stringify(toElasticAgent(event)),
  xml: (event) => JSON.stringify({ xml: toXml(event) }),
};
