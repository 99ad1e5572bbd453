/** Rows that stand at several places of the catalogue. */
import type { Row } from './types.ts';

export const GEO: readonly Row[] = [
  ['city_name', 'keyword', 'optional personal', 'City where {of} is.', 'Berlin'],
  ['continent_code', 'keyword', 'optional', 'Continent where {of} is, two letters.', 'EU'],
  ['continent_name', 'keyword', 'optional', 'Continent where {of} is.', 'Europe'],
  ['country_iso_code', 'keyword', 'recommended', 'Country where {of} is, two letters.', 'DE'],
  ['country_name', 'keyword', 'optional', 'Country where {of} is.', 'Germany'],
  ['location', 'geo_point', 'optional personal', 'Longitude and latitude of {of}.', '{"lon":13.4,"lat":52.5}'],
  ['name', 'keyword', 'optional', 'The tenant’s own name for where {of} is.', 'berlin-dc'],
  ['postal_code', 'keyword', 'optional personal', 'Postal code where {of} is.', '10115'],
  ['region_iso_code', 'keyword', 'optional', 'Region where {of} is, as code.', 'DE-BE'],
  ['region_name', 'keyword', 'optional', 'Region where {of} is.', 'Land Berlin'],
  ['timezone', 'keyword', 'optional', 'Time zone where {of} is.', 'Europe/Berlin'],
];

export const AUTONOMOUS_SYSTEM: readonly Row[] = [
  ['number', 'long', 'optional', 'Autonomous system {of} belongs to.', '15169'],
  ['organization.name', 'keyword', 'optional', 'Who runs that system.', 'Google LLC'],
];

export const HASH: readonly Row[] = [
  ['md5', 'keyword', 'optional format:md5', 'MD5 of {of}.', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['sha1', 'keyword', 'optional format:sha1', 'SHA-1 of {of}.', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  [
    'sha256',
    'keyword',
    'recommended format:sha256',
    'SHA-256 of {of}.',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ],
  ['sha384', 'keyword', 'optional format:sha384', 'SHA-384 of {of}.', '38b060a751ac96384cd9327eb1b1e36a…'],
  ['sha512', 'keyword', 'optional format:sha512', 'SHA-512 of {of}.', 'cf83e1357eefb8bdf1542850d66d8007…'],
  [
    'ssdeep',
    'keyword',
    'optional',
    'Fuzzy hash of {of}, near for near contents.',
    '3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C',
  ],
  ['tlsh', 'keyword', 'optional', 'Locality-sensitive hash of {of}.', 'T1A2…'],
];

export const CODE_SIGNATURE: readonly Row[] = [
  ['exists', 'boolean', 'optional', 'Whether {of} is signed.', 'true'],
  ['status', 'keyword', 'optional', 'What checking the signature gave.', 'Valid'],
  ['subject_name', 'keyword', 'optional', 'Who signed {of}.', 'Microsoft Corporation'],
  ['trusted', 'boolean', 'optional', 'Whether the signer is trusted.', 'true'],
  ['valid', 'boolean', 'optional', 'Whether the signature fits the contents.', 'true'],
  ['signing_id', 'keyword', 'optional', 'Identifier the signer gave {of}.', 'com.apple.xpc.proxy'],
  ['team_id', 'keyword', 'optional', 'Team of the signer.', 'EQHXZ8M8AV'],
  ['timestamp', 'date', 'optional', 'When {of} was signed.', '2025-01-01T12:10:30Z'],
  ['digest_algorithm', 'keyword', 'optional', 'Hash function of the signature.', 'sha256'],
];

export const PE: readonly Row[] = [
  ['architecture', 'keyword', 'optional', 'Processor {of} was built for.', 'x64'],
  ['company', 'keyword', 'optional', 'Company named inside {of}.', 'Microsoft Corporation'],
  ['description', 'keyword', 'optional', 'Description inside {of}.', 'Paint'],
  ['file_version', 'keyword', 'optional', 'Version named inside {of}.', '6.3.9600.17415'],
  [
    'imphash',
    'keyword',
    'optional format:imphash',
    'Hash of the names {of} imports.',
    '0c6803c4e922103c4dca5963aad36ddf',
  ],
  [
    'original_file_name',
    'keyword',
    'recommended',
    'Name {of} was compiled as, whatever it is called now.',
    'MSPAINT.EXE',
  ],
  ['product', 'keyword', 'optional', 'Product named inside {of}.', 'Microsoft Windows Operating System'],
  ['pehash', 'keyword', 'optional', 'Hash of the structure of {of}.', '73ff189b63cd6be375a7ff25179a38d347651975'],
];

export const OS: readonly Row[] = [
  ['family', 'keyword', 'optional', 'Family of the operating system of {of}.', 'debian'],
  ['full', 'keyword', 'optional', 'Its name with version.', 'Windows Server 2022 Standard'],
  ['kernel', 'keyword', 'optional', 'Version of its kernel.', '6.1.0-18-amd64'],
  ['name', 'keyword', 'optional', 'Its name.', 'Windows'],
  ['platform', 'keyword', 'optional', 'Its platform in small letters.', 'windows'],
  [
    'type',
    'keyword',
    'recommended',
    'Which of the large families it is.',
    'windows',
    ['linux', 'macos', 'unix', 'windows', 'ios', 'android'],
  ],
  ['version', 'keyword', 'optional', 'Its version.', '10.0.20348'],
];

/** An account. */
export const USER: readonly Row[] = [
  ['id', 'keyword', 'recommended personal', 'Identifier of {of}: SID, uid, ARN.', 'S-1-5-21-202424912-2'],
  ['name', 'keyword', 'recommended personal', 'Name {of} logs on with.', 'jdoe'],
  ['domain', 'keyword', 'optional', 'Domain or directory of {of}.', 'CORP'],
  ['full_name', 'keyword', 'optional personal', 'Name of the person behind {of}.', 'Jane Doe'],
  ['email', 'keyword', 'optional personal', 'Mail address of {of}.', 'jdoe@example.com'],
  ['hash', 'keyword', 'optional personal', 'Pseudonym of {of}.', '9f86d081'],
  ['roles', 'keyword', 'optional list', 'Roles of {of}.', 'admin'],
  ['group.id', 'keyword', 'optional', 'Group of {of}, as identifier.', 'S-1-5-32-544'],
  ['group.name', 'keyword', 'optional', 'Group of {of}.', 'Administrators'],
  ['group.domain', 'keyword', 'optional', 'Domain of that group.', 'BUILTIN'],
];

export const RISK: readonly Row[] = [
  ['calculated_level', 'keyword', 'optional', 'Risk of {of} as computed, as a word.', 'High'],
  ['calculated_score', 'float', 'optional', 'The same as a number.', '880.73'],
  ['calculated_score_norm', 'float', 'optional', 'The same from 0 to 100.', '88.73'],
  ['static_level', 'keyword', 'optional', 'Risk of {of} as somebody set it, as a word.', 'High'],
  ['static_score', 'float', 'optional', 'The same as a number.', '830'],
  ['static_score_norm', 'float', 'optional', 'The same from 0 to 100.', '83'],
];

export const X509: readonly Row[] = [
  ['alternative_names', 'keyword', 'optional list', 'Other names the certificate of {of} holds for.', '*.example.com'],
  ['issuer.common_name', 'keyword', 'optional list', 'Who issued it.', 'Example SHA2 High Assurance CA'],
  ['issuer.distinguished_name', 'keyword', 'optional', 'Issuer in full.', 'C=US, O=Example Inc, CN=Example CA'],
  ['subject.common_name', 'keyword', 'optional list', 'Whom it is for.', 'www.example.com'],
  ['subject.distinguished_name', 'keyword', 'optional', 'Subject in full.', 'C=US, O=Example Inc, CN=www.example.com'],
  ['not_before', 'date', 'optional', 'Valid from.', '2025-08-16T01:40:25Z'],
  ['not_after', 'date', 'optional', 'Valid until.', '2026-08-16T01:40:25Z'],
  ['serial_number', 'keyword', 'optional', 'Number the issuer gave it.', '55FBB9C7DEBF09809D12CCAA'],
  ['signature_algorithm', 'keyword', 'optional', 'How it is signed.', 'SHA256-RSA'],
  ['public_key_algorithm', 'keyword', 'optional', 'Kind of its key.', 'RSA'],
  ['public_key_size', 'long', 'optional', 'Bits of its key.', '2048'],
  ['version_number', 'keyword', 'optional', 'Version of its form.', '3'],
];

export const URL: readonly Row[] = [
  ['original', 'wildcard', 'recommended personal', 'Address of {of} as it was written.', '/search?q=weir'],
  ['full', 'wildcard', 'optional personal', 'The whole address.', 'https://www.example.com:443/search?q=weir#top'],
  ['domain', 'keyword', 'recommended', 'Host of the address.', 'www.example.com'],
  ['registered_domain', 'keyword', 'optional', 'The part of the host somebody registered.', 'example.com'],
  ['subdomain', 'keyword', 'optional', 'What stands before it.', 'www'],
  [
    'top_level_domain',
    'keyword',
    'optional',
    'What stands behind its last dot, or more where that is public.',
    'co.uk',
  ],
  ['path', 'wildcard', 'optional personal', 'Path.', '/search'],
  ['query', 'keyword', 'optional personal', 'What stands behind the question mark.', 'q=weir'],
  ['extension', 'keyword', 'optional', 'File extension of the path, without its dot.', 'png'],
  ['fragment', 'keyword', 'optional', 'What stands behind the hash.', 'top'],
  ['port', 'long', 'optional format:port', 'Port.', '443'],
  ['scheme', 'keyword', 'optional', 'Scheme, without its colon.', 'https'],
  ['username', 'keyword', 'optional personal', 'Account in the address.', 'jdoe'],
  ['password', 'keyword', 'optional personal', 'Password in the address; to be removed where it is not needed.', '***'],
];

/** One end of a conversation. */
export const ENDPOINT: readonly Row[] = [
  ['address', 'keyword', 'optional personal', '{of} as the source wrote it: an address or a name.', '10.0.0.5'],
  ['ip', 'ip', 'recommended personal', 'Address of {of}.', '10.0.0.5'],
  ['port', 'long', 'recommended format:port', 'Port of {of}.', '51422'],
  ['domain', 'keyword', 'optional', 'Host name of {of}.', 'ws-042.corp.example.com'],
  ['registered_domain', 'keyword', 'optional', 'The part of it somebody registered.', 'example.com'],
  ['subdomain', 'keyword', 'optional', 'What stands before it.', 'ws-042.corp'],
  ['top_level_domain', 'keyword', 'optional', 'What stands behind it.', 'com'],
  ['mac', 'keyword', 'optional personal format:mac', 'Hardware address of {of}.', '00-00-5E-00-53-23'],
  ['bytes', 'long', 'optional', 'Bytes sent by {of}.', '184'],
  ['packets', 'long', 'optional', 'Packets sent by {of}.', '12'],
  ['nat.ip', 'ip', 'optional', 'Address of {of} behind translation.', '203.0.113.9'],
  ['nat.port', 'long', 'optional format:port', 'Port of {of} behind translation.', '40122'],
];

/** What is known of any process an event names. */
export const PROCESS: readonly Row[] = [
  ['pid', 'long', 'recommended', 'Number of {of}.', '4242'],
  [
    'entity_id',
    'keyword',
    'recommended',
    'Identity of {of} that no later one gets.',
    '{1978b227-51d2-6077-4000-000000000500}',
  ],
  ['name', 'keyword', 'recommended', 'Name of {of}.', 'powershell.exe'],
  [
    'executable',
    'keyword',
    'recommended personal',
    'Full path of the program of {of}.',
    'C:\\Windows\\System32\\cmd.exe',
  ],
  ['command_line', 'wildcard', 'recommended personal', 'Command line of {of}.', 'cmd.exe /c whoami'],
  ['args', 'keyword', 'optional list personal', 'Its arguments one by one.', '/c'],
  ['args_count', 'long', 'optional', 'Their number.', '3'],
  ['working_directory', 'keyword', 'optional personal', 'Directory {of} runs in.', 'C:\\Users\\jdoe'],
  ['start', 'date', 'optional', 'When {of} began.', '2026-03-01T09:15:02Z'],
  ['end', 'date', 'optional', 'When {of} ended.', '2026-03-01T09:16:00Z'],
  ['exit_code', 'long', 'optional', 'What {of} returned.', '0'],
  ['title', 'keyword', 'optional', 'Title of {of}.', 'Administrator: cmd'],
  ['uptime', 'long', 'optional', 'Seconds {of} had been running.', '1325'],
  ['interactive', 'boolean', 'optional', 'Whether somebody sits at its terminal.', 'true'],
  ['thread.id', 'long', 'optional', 'Thread of {of}.', '4280'],
  ['thread.name', 'keyword', 'optional', 'Its name.', 'worker-1'],
  ['user.id', 'keyword', 'optional personal', 'Account {of} runs as, as identifier.', 'S-1-5-18'],
  ['user.name', 'keyword', 'optional personal', 'Account {of} runs as.', 'root'],
];
