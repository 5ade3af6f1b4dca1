import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createS3ObjectVersions } from '../../../lib/aws/s3-object-versions.ts';
import type { LostObject } from '../../../lib/object-store.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));

function version(Key: string, minute: number, Size: number, IsLatest = false) {
  return { Key, VersionId: `${Key}@${minute}`, LastModified: at(minute), Size, IsLatest };
}

function marker(Key: string, minute: number, IsLatest = true) {
  return { Key, VersionId: `${Key}-${minute}`, LastModified: at(minute), IsLatest };
}

interface Page {
  Versions?: object[];
  DeleteMarkers?: object[];
}

const markers = (page: number) => ({
  NextKeyMarker: `marker${page}`,
  NextVersionIdMarker: `version${page}`,
});

/** A bucket that lists these pages. */
async function lostOf(...pages: Page[]): Promise<LostObject[]> {
  let next = 0;
  const client = {
    async send({ input }: { input: { KeyMarker?: string; VersionIdMarker?: string } }) {
      // Without the second marker, S3 leaves out the other versions of the key.
      const { KeyMarker, VersionIdMarker } = input;
      expect([KeyMarker, VersionIdMarker]).toEqual(
        next === 0 ? [undefined, undefined] : [`marker${next}`, `version${next}`],
      );
      next += 1;
      const IsTruncated = next < pages.length;
      return { ...pages[next - 1], IsTruncated, ...markers(next) };
    },
  } as unknown as S3Client;
  const lost: LostObject[] = [];
  const versions = createS3ObjectVersions({ client, bucket: 'archive' });
  for await (const object of versions.listLost('facts/')) lost.push(object);
  return lost;
}

describe('listLost', () => {
  it('names what was deleted, with the version that was there before', async () => {
    const Versions = [version('a', 1, 10, true), version('b', 1, 10), version('c', 1, 10, true)];
    expect(await lostOf({ Versions, DeleteMarkers: [marker('b', 5)] })).toEqual([
      { key: 'b', how: 'deleted', at: at(5).toISOString(), versionId: 'b@1' },
    ]);
  });

  it('names what was replaced, but not what was restored', async () => {
    const Versions = [
      ...[version('replaced', 7, 12, true), version('replaced', 1, 10)],
      ...[version('restored', 7, 10, true), version('restored', 1, 10)],
      ...[version('undeleted', 1, 10, true)],
    ];
    const DeleteMarkers = [marker('restored', 5, false)];
    expect(await lostOf({ Versions, DeleteMarkers })).toMatchObject([
      { key: 'replaced', how: 'replaced', versionId: 'replaced@1' },
    ]);
  });

  it('finds the versions of one key on two pages', async () => {
    expect(
      await lostOf({ DeleteMarkers: [marker('a', 5)] }, { Versions: [version('a', 1, 10)] }),
    ).toMatchObject([{ key: 'a', how: 'deleted' }]);
  });

  it('names an object once that was deleted, restored and deleted again', async () => {
    const Versions = [version('a', 3, 10), version('a', 1, 10)];
    const DeleteMarkers = [marker('a', 5), marker('a', 2, false)];
    expect(await lostOf({ Versions, DeleteMarkers })).toMatchObject([{ versionId: 'a@3' }]);
  });
});

it('knows whether the bucket keeps versions', async () => {
  const bucket = (Status?: string) =>
    createS3ObjectVersions({
      client: { send: async () => ({ Status }) } as unknown as S3Client,
      bucket: 'archive',
    });
  expect(await bucket('Enabled').isKept()).toBe(true);
  expect(await bucket('Suspended').isKept()).toBe(false);
  expect(await bucket().isKept()).toBe(false);
});
