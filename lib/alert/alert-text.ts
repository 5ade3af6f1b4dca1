import { jsonObjectOf } from '../event/source-event.ts';
import { escapeControls } from '../safe-text.ts';

/** A message of the topic of alarms. */
interface AlertMessage {
  subject?: string | undefined;
  /** An alarm as CloudWatch sends it (JSON), or any text. */
  message: string;
}

/** Slack shows at most 4,000 characters of a message well. Source: https://docs.slack.dev/reference/methods/chat.postMessage */
const MAX_CHARACTERS = 3000;

/** The text of a message for a person, by Slack's rules. Pure; never throws. */
export function alertText({ subject, message }: AlertMessage): string {
  const alarm = alarmOf(message);
  if (!alarm) return linesOf([subject, message]);
  const { AlarmName: name, OldStateValue: before, NewStateValue: state } = alarm;
  const symbol = state === 'ALARM' ? ':rotating_light:' : ':white_check_mark:';
  return linesOf([
    `${symbol} ${name}: ${state}${before === undefined ? '' : ` (was ${before})`}`,
    alarm.AlarmDescription,
    alarm.NewStateReason,
    [alarm.StateChangeTime, alarm.Region].filter(Boolean).join(', '),
  ]);
}

type Alarm = Record<
  | 'AlarmName'
  | 'AlarmDescription'
  | 'OldStateValue'
  | 'NewStateValue'
  | 'NewStateReason'
  | 'StateChangeTime'
  | 'Region',
  string | undefined
>;

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
function alarmOf(message: string): Alarm | undefined {
  const value = jsonObjectOf(message);
  return typeof value?.AlarmName === 'string' ? (value as Alarm) : undefined;
}

function linesOf(lines: readonly (string | undefined)[]): string {
  const text = lines
    .filter((line) => line !== undefined && line !== '')
    .map((line) => escapeControls(String(line)))
    .join('\n');
  return slackEscaped([...text].slice(0, MAX_CHARACTERS).join(''));
}

/**
 * Text that Slack shows as it is: without it, `<!channel>` would call everyone. Pure.
 * Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
