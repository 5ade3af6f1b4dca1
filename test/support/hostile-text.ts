/** Texts that do harm where they are shown raw. */
export const HOSTILE = [
  '\u001b[31mRED',
  '\u001b]0;title\u0007',
  '\u001b]52;c;cm0gLXJm\u001b\\',
  '\u009b2J',
  '\u0085',
  '\u007f',
  '\b\b',
  '\r\nSECOND LINE',
  '\u2028',
  '\u202egnp.exe\u202c',
  '\u2066\u2069',
  '\u200e\u200f\u061c',
  '\ufeff',
  '\u{e0041}',
];

/** Characters that must not be in the output of a command, apart from line feeds: the pattern is written anew here, not taken from what is tested. */
export const UNSAFE_OUTPUT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u;
