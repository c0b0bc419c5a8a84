declare module "*?worker&inline" {
  const Script: new () => Worker;
  export default Script;
}
