/**
 * Documents that hold a list of events, or one event, beside a few words about it: API answers and exports. Pure data.
 * An object counts as an envelope only while all members before the list are known to stand beside it, so that an event
 * that happens to have a member `events` or `items` of its own stays one event.
 */
export interface Envelope {
  /** Keys from the top to the member that holds the events. */
  readonly path: readonly string[];
  /** A `list` of events is taken only from a top-level document; one `event` also from an element of a list. */
  readonly holds: 'list' | 'event';
  /** Members that may stand beside it, at any level of the path. */
  readonly beside: readonly string[];
  readonly source: string;
}

export const ENVELOPES: readonly Envelope[] = [
  { path: ['Records'], holds: 'list', beside: [], source: 'AWS CloudTrail log files; S3 and SNS notifications' },
  { path: ['records'], holds: 'list', beside: [], source: 'Azure diagnostic settings, to Event Hubs and storage' },
  {
    path: ['value'],
    holds: 'list',
    beside: ['@odata.context', '@odata.count', '@odata.nextLink', '@odata.deltaLink', 'nextLink', 'count', 'Count'],
    source: 'Microsoft Graph and Azure Monitor: OData JSON format 4.01, section 15',
  },
  {
    path: ['events'],
    holds: 'list',
    beside: ['nextToken', 'nextForwardToken', 'nextBackwardToken', 'searchedLogStreams', 'next', 'total', 'count'],
    source: 'AWS CloudWatch Logs FilterLogEvents; common in exports',
  },
  { path: ['Events'], holds: 'list', beside: ['NextToken'], source: 'AWS CloudTrail LookupEvents' },
  {
    path: ['items'],
    holds: 'list',
    beside: ['kind', 'apiVersion', 'metadata', 'etag', 'nextPageToken'],
    source: 'Google Workspace Reports activities.list; Kubernetes audit EventList',
  },
  { path: ['entries'], holds: 'list', beside: ['nextPageToken'], source: 'Google Cloud Logging entries.list' },
  {
    path: ['hits', 'hits'],
    holds: 'list',
    beside: [
      'took',
      'timed_out',
      'num_reduce_phases',
      '_shards',
      '_clusters',
      '_scroll_id',
      'pit_id',
      'total',
      'max_score',
    ],
    source: 'Elasticsearch and OpenSearch search answers',
  },
  {
    path: ['_source'],
    holds: 'event',
    beside: [
      '_index',
      '_type',
      '_id',
      '_score',
      '_version',
      '_seq_no',
      '_primary_term',
      '_routing',
      '_ignored',
      'fields',
      'highlight',
      'sort',
    ],
    source: 'Elasticsearch and OpenSearch hits; elasticdump',
  },
  {
    path: ['result'],
    holds: 'event',
    beside: ['preview', 'offset', 'lastrow'],
    source: 'Splunk search export, output_mode=json',
  },
];

/** Whether `key` may be a member of the outermost object of some envelope, by its first byte and length: nearly free. */
const lengthsByFirstByte = new Uint32Array(256);
for (const { path, beside } of ENVELOPES) {
  for (const name of [path[0] ?? '', ...beside]) {
    const first = name.charCodeAt(0);
    lengthsByFirstByte[first] = (lengthsByFirstByte[first] ?? 0) | (1 << Math.min(name.length, 31));
  }
}

export function mayBeEnvelopeKey(firstByte: number, length: number): boolean {
  return ((lengthsByFirstByte[firstByte] ?? 0) & (1 << Math.min(length, 31))) !== 0;
}
