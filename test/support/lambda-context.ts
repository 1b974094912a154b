import type { Context } from 'aws-lambda';

const nothing = () => {};

/** What Lambda tells a function of its invocation, with so many milliseconds left. */
export function lambdaContext(functionName: string, remainingMs: number): Context {
  return {
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: 'request-1',
    logGroupName: functionName,
    logStreamName: '1',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => remainingMs,
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}
