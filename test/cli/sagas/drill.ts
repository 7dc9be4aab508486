export const drill = { input: { no: 'D-1', pieces: 3 } }
