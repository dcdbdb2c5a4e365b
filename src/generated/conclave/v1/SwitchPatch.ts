// Original file: proto/conclave/v1/settings.proto


export interface SwitchPatch {
  'on'?: (boolean);
  'by'?: (string);
  'why'?: (string);
}

export interface SwitchPatch__Output {
  'on': (boolean);
  'by': (string);
  'why': (string);
}
