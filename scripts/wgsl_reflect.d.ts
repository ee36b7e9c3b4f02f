/** The ES module of wgsl_reflect has no types beside it; they are those of the package's main entry. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect'
}
