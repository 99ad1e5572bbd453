/** Two ordinary days in the clouds. */
import { aws, directoryAudit, office365, signIn } from './cloud.ts';
import { mail, OFFICE_ADDRESS, PEOPLE } from './company.ts';
import { at, Chance, DAYS, repeat, type StoryEvent } from './event.ts';

const SEED = 404;
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0';

export function cloudBackground(): StoryEvent[] {
  const chance = new Chance(SEED);
  const events: StoryEvent[] = [];
  for (let day = 1; day <= DAYS; day++) events.push(...clouds(chance, day));
  return events;
}

function clouds(chance: Chance, day: number): StoryEvent[] {
  const own = { user: 'shop-deploy', key: 'AKIAIOSFODNN7EXAMPLE', agent: 'aws-sdk-php/3.337.3', address: '192.0.2.41' };
  const calls: readonly (readonly [string, string])[] = [
    ['s3', 'ListObjects'],
    ['s3', 'GetBucketLocation'],
    ['ses', 'SendEmail'],
    ['cloudfront', 'CreateInvalidation'],
    ['sts', 'GetCallerIdentity'],
  ];
  const deploying = repeat(chance.between(110, 130), () => {
    const time = chance.around(day);
    const [source, name] = chance.pick(calls);
    return {
      file: 'cloudtrail',
      time,
      write: aws(chance, time, {
        ...own,
        source: `${source}.amazonaws.com`,
        name,
        readOnly: !name.startsWith('Create'),
      }),
    };
  });
  const refused = repeat(3, () => {
    const time = chance.around(day);
    return {
      file: 'cloudtrail',
      time,
      write: aws(chance, time, {
        ...own,
        source: 'cloudwatch.amazonaws.com',
        name: 'PutMetricData',
        error: 'AccessDenied',
        readOnly: false,
      }),
    };
  });
  const signIns = repeat(chance.between(70, 90), () => {
    const time = chance.working(day);
    const [app, client] = chance.pick([
      ['Office 365 Exchange Online', 'Mobile Apps and Desktop clients'],
      ['Microsoft Teams', 'Mobile Apps and Desktop clients'],
      ['Office 365 SharePoint Online', 'Browser'],
      ['Quote Builder', 'Browser'],
    ] as const);
    const one = {
      person: chance.pick(PEOPLE),
      address: OFFICE_ADDRESS,
      country: 'GB',
      app,
      client,
      agent: EDGE,
      protocol: 'none',
      error: chance.pick([0, 0, 0, 0, 0, 0, 0, 0, 50126, 50140]),
    };
    return { file: 'entra', time, write: signIn(chance, time, one) };
  });
  const mailing = repeat(chance.between(110, 130), () => {
    const time = chance.working(day);
    const person = chance.pick(PEOPLE);
    const [workload, operation] = chance.pick([
      ['Exchange', 'MailItemsAccessed'],
      ['Exchange', 'Send'],
      ['SharePoint', 'FileAccessed'],
      ['SharePoint', 'FileModified'],
      ['AzureActiveDirectory', 'UserLoggedIn'],
    ] as const);
    return {
      file: 'm365',
      time,
      write: office365(chance, time, person, OFFICE_ADDRESS, workload, operation, { ObjectId: mail(person.user) }),
    };
  });
  const audits = repeat(9, () => {
    const time = chance.working(day);
    const [activity, target] = chance.pick([
      ['Update user', 'Ana Duarte'],
      ['Add member to group', 'Engineering'],
      ['Update device', 'LF-WS-03'],
      ['Change user license', 'Jun Takeda'],
    ] as const);
    return { file: 'entra', time, write: directoryAudit(chance, time, PEOPLE[0], OFFICE_ADDRESS, activity, target) };
  });
  const sorting = at(day, '10:17:33');
  const parameters = [
    { Name: 'Name', Value: 'Newsletters' },
    { Name: 'From', Value: 'news@metrology-news.example' },
    { Name: 'MoveToFolder', Value: 'Newsletters' },
  ];
  const rule = {
    file: 'm365',
    time: sorting,
    write: office365(chance, sorting, PEOPLE[day], OFFICE_ADDRESS, 'Exchange', 'New-InboxRule', {
      Parameters: parameters,
    }),
  };
  return [...deploying, ...refused, ...signIns, ...audits, ...mailing, rule];
}
