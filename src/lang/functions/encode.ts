/** Base64, percent signs, URLs and paths. */
import { Bag, type Value } from '../value.ts';
import { textOf } from './convert.ts';
import { bounded, type FunctionEntry, one } from './entry.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let encoded = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    encoded += BASE64[group >> 18] + BASE64[(group >> 12) & 63];
    encoded += (left > 1 ? BASE64[(group >> 6) & 63] : '=') + (left > 2 ? BASE64[group & 63] : '=');
  }
  return encoded;
}

/** The bytes, or null where the text is no Base64. Padding may be left out. */
function decodeBase64(text: string): Uint8Array | null {
  const digits = text.replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [buffer, bits, at] = [0, 0, 0];
  for (const digit of digits) {
    buffer = ((buffer << 6) | BASE64.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = buffer >> bits;
  }
  return bytes;
}

/** As UTF-8; null where the bytes are none. */
function decodeText(text: string): string | null {
  const bytes = decodeBase64(text);
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const bag = (entries: Readonly<Record<string, Value>>): Bag => new Bag(new Map(Object.entries(entries)));

const URL_PARTS =
  /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]/]*\]|[^:/?#]*)(?::(\d*))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/** Pieces of a URL by Kusto's names; empty texts where it has none. */
function parseUrl(text: string): Value {
  const parts = URL_PARTS.exec(text);
  if (parts === null) return null;
  const [, scheme = '', user = '', password = '', host = '', port = '', path = '', query = '', fragment = ''] = parts;
  const parameters = new Map<string, Value>();
  for (const pair of query.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    if (name !== '') parameters.set(decodePercent(name) ?? name, decodePercent(rest.join('=')) ?? rest.join('='));
  }
  return bag({
    Scheme: scheme,
    Host: host,
    Port: port,
    Path: path,
    Username: user,
    Password: password,
    'Query Parameters': new Bag(parameters),
    Fragment: fragment,
  });
}

/** Pieces of a file's path, of Windows or not. */
function parsePath(text: string): Value {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(text)?.[1] ?? '';
  const path = scheme === '' ? text : text.slice(scheme.length + 3);
  const root = /^(?:[A-Za-z]:|\\\\[^\\]+\\[^\\]+)/.exec(path)?.[0] ?? '';
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  const directory = cut < 0 ? '' : path.slice(0, cut);
  const [file = '', ...stream] = path.slice(cut + 1).split(cut < root.length ? '\0' : ':');
  const dot = file.lastIndexOf('.');
  return bag({
    Scheme: scheme,
    RootPath: root,
    DirectoryPath: directory,
    DirectoryName: directory.split(/[\\/]/).pop() ?? '',
    Filename: file,
    Extension: dot < 0 ? '' : file.slice(dot + 1),
    AlternateDataStreamName: stream.join(':'),
  });
}

const text = (
  name: string,
  about: string,
  work: (text: string) => Value,
  gives: 'string' | 'dynamic' = 'string',
): FunctionEntry => one(`${name}(text)`, about, ['string'], gives, ([x]) => (x === null ? null : work(textOf(x))));

export const ENCODE: Readonly<Record<string, FunctionEntry>> = {
  base64_encode_tostring: text('base64_encode_tostring', 'a text (as UTF-8) in Base64', (plain) =>
    bounded(encodeBase64(plain)),
  ),
  base64_decode_tostring: text(
    'base64_decode_tostring',
    'the text that stands in Base64; null where that is no UTF-8',
    decodeText,
  ),
  url_encode: text('url_encode', 'with percent signs for what a URL cannot hold', (plain) =>
    bounded(encodeURIComponent(plain.toWellFormed())),
  ),
  url_decode: text('url_decode', 'without the percent signs of a URL; null where they are none', decodePercent),
  parse_url: text(
    'parse_url',
    'bag of the pieces of a URL: Scheme, Host, Port, Path, Username, Password, Query Parameters, Fragment',
    parseUrl,
    'dynamic',
  ),
  parse_path: text(
    'parse_path',
    'bag of the pieces of a path: Scheme, RootPath, DirectoryPath, DirectoryName, Filename, Extension, AlternateDataStreamName',
    parsePath,
    'dynamic',
  ),
};
