/** The object store that a setting names: `s3://BUCKET/PREFIX?region=…&endpoint=…&style=…` or `file:///FOLDER`. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Files } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import { folderObjects } from './folder.ts';
import { isKey } from './keys.ts';
import { type S3Settings, s3Objects } from './s3.ts';
import type { ObjectStore } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]{1,64}$/;
const ASKED = new Set(['region', 'endpoint', 'style']);

/**
 * Keys come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), never from the address, which
 * is shown; region and endpoint from `AWS_REGION` and `AWS_ENDPOINT_URL_S3` where the address has none.
 * @throws WeirError `store.object_settings`
 */
export function openObjects(files: Files, address: string, environment: Environment): ObjectStore {
  const url = URL.parse(address);
  if (url?.protocol === 'file:' && url.host === '' && url.search === '')
    return folderObjects(files, path.resolve(fileURLToPath(url)));
  if (url?.protocol !== 's3:') throw unclear('it is neither s3:// nor file:///');
  return s3Objects(s3Settings(url, environment));
}

function s3Settings(url: URL, environment: Environment): S3Settings {
  if (url.username !== '' || url.password !== '')
    throw unclear('keys do not belong into the address: use the environment');
  if (!BUCKET.test(url.host)) throw unclear('the name of the bucket is none');
  const folder = url.pathname.replace(/^\/|\/$/g, '');
  if (folder !== '' && !isKey(folder)) throw unclear('the prefix has letters other than A-Z a-z 0-9 . _ = -');
  for (const name of url.searchParams.keys())
    if (!ASKED.has(name)) throw unclear(`there is no ${JSON.stringify(name)}`);

  const region = url.searchParams.get('region') ?? environment['AWS_REGION'] ?? 'us-east-1';
  if (!REGION.test(region)) throw unclear('the region is none');
  const given = url.searchParams.get('endpoint') ?? environment['AWS_ENDPOINT_URL_S3'];
  const endpoint = URL.parse(given ?? `https://s3.${region}.amazonaws.com`);
  if (
    endpoint === null ||
    !/^https?:$/.test(endpoint.protocol) ||
    endpoint.pathname !== '/' ||
    endpoint.username !== ''
  )
    throw unclear('the endpoint is no http(s)://HOST:PORT');
  const style = url.searchParams.get('style') ?? (given === undefined ? 'virtual' : 'path');
  if (style !== 'path' && style !== 'virtual') throw unclear('style is path or virtual');

  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (!accessKeyId || !secretAccessKey)
    throw unclear('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment');
  return {
    endpoint,
    region,
    bucket: url.host,
    prefix: folder === '' ? '' : `${folder}/`,
    style,
    keys: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
  };
}

/** Without the address: it may hold what was meant to be secret. */
function unclear(why: string): Error {
  return storeError('store.object_settings', `the address of the object store: ${why}`);
}
