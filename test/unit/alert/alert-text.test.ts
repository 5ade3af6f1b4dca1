import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertText } from '../../../lib/alert/alert-text.ts';
import { alertOutputs } from '../../../scripts/stack/alert-outputs.ts';
import { readOutputs } from '../../../scripts/stack/aws-stack.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the text of an alarm', () => {
  it('says its name, its state, what it means, why and when', () => {
    const message = JSON.stringify({
      ...{ AlarmName: 'x', AlarmDescription: 'd', OldStateValue: 'ALARM', NewStateValue: 'OK' },
      ...{ NewStateReason: 'r', StateChangeTime: '2026-01-01T00:00:00Z', Region: 'EU (Ireland)' },
    });
    expect(alertText({ subject: 'OK: x', message })).toBe(
      ':white_check_mark: x: OK (was ALARM)\nd\nr\n2026-01-01T00:00:00Z, EU (Ireland)',
    );
  });

  it.each([
    ['calls no one', '<!channel> & <@U1>', '&lt;!channel&gt; &amp; &lt;@U1&gt;'],
    ['shows control characters as escapes', 'a\u001b[2J\u202eb\nc', 'a\\u001b[2J\\u202eb\\nc'],
    ['takes JSON that is no alarm as text', '{"a":1}', '{"a":1}'],
    ['ends after 3,000 characters', 'x'.repeat(5000), 'x'.repeat(3000)],
  ])('%s', (_, message, text) => {
    expect(alertText({ message })).toBe(text);
  });

  it('begins with the subject of another message', () => {
    expect(alertText({ subject: 's', message: 'm' })).toBe('s\nm');
  });
});

describe('where alarms go', () => {
  const outputs = { region: 'eu-west-1', alarm_topic: 'arn:topic', alert_function_name: 'f' };

  async function of(values: object) {
    const file = join(await temporaryFolder('outputs'), 'stack.json');
    const text = Object.entries(values).map(([name, value]) => [name, { value }]);
    await writeFile(file, JSON.stringify(Object.fromEntries(text)));
    return alertOutputs(file);
  }

  it('is in the outputs of Terraform', async () => {
    expect(await of(outputs)).toEqual({
      ...{ region: 'eu-west-1', topicArn: 'arn:topic', functionName: 'f' },
    });
  });

  it('is nowhere without a webhook, and says what to do', async () => {
    const { alert_function_name: _, ...without } = outputs;
    await expect(of(without)).rejects.toThrow(/set alarm_webhook_enabled, deploy/);
    await expect(of({})).rejects.toThrow(/not this pipeline's/);
    expect(() => readOutputs('{', 'x')).toThrow(/holds no JSON/);
  });
});
