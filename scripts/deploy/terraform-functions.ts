/** The functions that `terraform/functions.tf` describes: the keys of its `every_function`. Pure. */
export function functionsOfTerraform(text: string): string[] {
  const block = /every_function = \{\n([\s\S]*?)\n {2}\}\n/.exec(text)?.[1];
  if (block === undefined)
    throw new Error('terraform/functions.tf has no map every_function of what is deployed');
  return [...block.matchAll(/^ {4}(\w+) = \{$/gm)].map(([, name]) => name ?? '');
}
