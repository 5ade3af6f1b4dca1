import {
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { LostObject, ObjectVersions } from '../object-store.ts';

/** As `noncurrent_days` of the Terraform module `bucket`: then S3 removes what was deleted or replaced. */
const KEPT_DAYS = 30;

/**
 * The versions of one bucket. It does not see objects whose versions were deleted one by one: only Object Lock prevents that
 * (`archive_object_lock_days`). Errors keep the names S3 gives them.
 */
export function createS3ObjectVersions(options: {
  client: S3Client;
  bucket: string;
}): ObjectVersions {
  const { client, bucket: Bucket } = options;
  return {
    keptMs: KEPT_DAYS * 24 * 3_600_000,

    async isKept() {
      const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
      return Status === 'Enabled';
    },

    async *listLost(Prefix) {
      // The versions of a key may be spread over two pages.
      let last = newKey('');
      for await (const version of listVersions(client, { Bucket, Prefix })) {
        if (version.Key !== last.key) {
          yield* lostOf(last);
          last = newKey(version.Key ?? '');
        }
        add(last, version);
      }
      yield* lostOf(last);
    },
  };
}

async function* listVersions(
  client: S3Client,
  where: { Bucket: string; Prefix: string },
): AsyncGenerator<Version> {
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const page = await client.send(
      new ListObjectVersionsCommand({ ...where, KeyMarker, VersionIdMarker }),
    );
    yield* byKey(page.Versions, page.DeleteMarkers);
    KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker !== undefined);
}

/** A version, or a delete marker, which has no size. */
type Version = Pick<ObjectVersion, 'Key' | 'VersionId' | 'IsLatest' | 'LastModified' | 'Size'>;

interface KeyVersions {
  key: string;
  latest: Version | undefined;
  /** The newest of the others that has content. */
  before: Version | undefined;
}

const newKey = (key: string): KeyVersions => ({ key, latest: undefined, before: undefined });

/** S3 lists versions and delete markers apart. */
function byKey(versions: Version[] = [], markers: Version[] = []): Version[] {
  return [...versions, ...markers].sort((one, other) => compare(one.Key ?? '', other.Key ?? ''));
}

/** S3 sorts by UTF-8 bytes; only that equal keys stand together matters here. */
const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

function add(key: KeyVersions, version: Version): void {
  if (version.IsLatest) key.latest = version;
  else if (version.Size !== undefined && isNewer(version, key.before)) key.before = version;
}

function isNewer({ LastModified }: Version, other: Version | undefined): boolean {
  return Number(LastModified ?? 0) > Number(other?.LastModified ?? -1);
}

/** A copy of the version before, as a restore makes it, has the same size; its ETag differs under KMS. */
function* lostOf({ key, latest, before }: KeyVersions): Generator<LostObject> {
  if (!latest || !before || latest.Size === before.Size) return;
  yield {
    key,
    how: latest.Size === undefined ? 'deleted' : 'replaced',
    at: new Date(latest.LastModified ?? 0).toISOString(),
    versionId: before.VersionId ?? '',
  };
}
