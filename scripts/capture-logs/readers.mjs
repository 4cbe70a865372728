// Splits standard output and error into log events: each line is one and keeps its line end, as on AWS.
export class LineReader {
  constructor(emit) {
    this.emit = emit;
    this.rest = Buffer.alloc(0);
  }

  push(chunk) {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (let end = this.rest.indexOf('\n'); end >= 0; end = this.rest.indexOf('\n')) {
      this.emit(this.rest.subarray(0, end + 1).toString());
      this.rest = this.rest.subarray(end + 1);
    }
  }

  end() {
    if (this.rest.length > 0) this.emit(this.rest.toString());
  }
}
