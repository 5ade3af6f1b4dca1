import { join } from 'node:path';

/** The settings that AWS and the local run share. */
export const SETTINGS_FILE = join(import.meta.dirname, '../terraform/pipeline.auto.tfvars.json');
