import { ENCODE } from './encode.ts';
import { examples } from './kit.twin.ts';

examples('encodings', ENCODE, {
  'base64_encode_tostring("Kustö")': '"S3VzdMO2"',
  'base64_encode_tostring("a")': '"YQ=="',
  'base64_decode_tostring("S3VzdMO2")': '"Kustö"',
  'base64_decode_tostring("YQ")': '"a"',
  'base64_decode_tostring("/w==")': 'null',
  'base64_decode_tostring("a*b")': 'null',
  'base64_decode_tostring(none)': 'null',
  'url_encode("a b&é")': '"a%20b%26%C3%A9"',
  'url_decode("a%20b%26")': '"a b&"',
  'url_decode("%zz")': 'null',
  'parse_url("https://bob:pw@host.example:8443/a/b?k=v&x=%20#top")':
    '{"Scheme":"https","Host":"host.example","Port":"8443","Path":"/a/b","Username":"bob","Password":"pw","Query Parameters":{"k":"v","x":" "},"Fragment":"top"}',
  'parse_url("http://[::1]:80/").Host': '"[::1]"',
  'parse_url("").Host': '""',
  'parse_path(@"C:\\temp\\file.txt:stream")':
    '{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"stream"}',
  'parse_path("/usr/bin/bash").Filename': '"bash"',
  'parse_path("/usr/bin/bash").DirectoryName': '"bin"',
});
