/** The old style: the answer is given through the callback, and sent when the event loop is empty. */
exports.nested = {
  handler(event, context, callback) {
    if (event.silent) return;
    if (event.at_once) context.callbackWaitsForEmptyEventLoop = false;
    setTimeout(() => console.log('after the callback'), event.at_once ? 500 : 50);
    callback(event.fail ? new Error('asked to fail') : null, 'called back');
  },
};
