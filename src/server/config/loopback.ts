/** Whether only this machine can reach an address: 127.0.0.0/8, ::1 and the name localhost. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name === '::1' || /^(?:0{1,4}:){7}0{0,3}1$/.test(name)) return true;
  return /^(?:::ffff:)?127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}
