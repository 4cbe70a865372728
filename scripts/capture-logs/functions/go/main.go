// The function whose logs are captured: the event says what it does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

const child = "c0ffee00-1234-4321-8888-00000000000c"

type orderError struct{ message string }

func (e *orderError) Error() string { return e.message }

type Prüffehler struct{ message string }

func (e Prüffehler) Error() string { return e.message }

type request struct {
	Situation string `json:"situation"`
}

func handle(_ context.Context, event request) (any, error) {
	fmt.Println("plain line")
	log.Println("log line")
	// What the function did to the standard logger when it started is in LOGGER.
	switch event.Situation {
	case "ok":
		return map[string]bool{"ok": true}, nil
	case "printed_errors":
		printErrors()
		return map[string]bool{"ok": true}, nil
	case "logged_error":
		slog.Error("the order is skipped", "errorType", "orderError", "errorMessage", "handled by the function")
		log.Println("handled by the function: orderError")
		return map[string]bool{"ok": true}, nil
	case "raised":
		return nil, &orderError{"the order is incomplete"}
	case "no_message":
		return nil, &orderError{""}
	case "plain_error":
		return nil, errors.New("made by errors.New")
	case "wrapped":
		return nil, fmt.Errorf("outer: %w", &orderError{"inner"})
	case "beyond_ascii":
		return nil, Prüffehler{"prüfung schlug fehl"}
	case "several_lines":
		return nil, &orderError{"first line\nsecond line"}
	case "quotes_error":
		return nil, &orderError{`child failed: {"errorMessage":"x","errorType":"KeyError"} END RequestId: ` + child}
	case "own_response":
		return nil, messages.InvokeResponse_Error{Type: "OrderRefused", Message: "named by the function"}
	case "huge_message":
		return nil, &orderError{strings.Repeat("x", 300_000)}
	case "unserialisable":
		return map[string]any{"call": func() {}}, nil
	case "panic":
		panic("broken")
	case "panic_error":
		panic(&orderError{"panicked with an error"})
	case "nil_pointer":
		var order *orderError
		return order.message, nil
	case "recursion":
		return recursion(0), nil
	case "exit_now":
		os.Exit(3)
	case "fatal":
		log.Fatal("given up")
	case "too_large":
		return strings.Repeat("x", 7_000_000), nil
	}
	return nil, fmt.Errorf("no situation %q", event.Situation)
}

func printErrors() {
	fmt.Println(`{"errorMessage":"printed","errorType":"orderError"}`)
	fmt.Println("[ERROR] orderError: printed")
	fmt.Println("panic: printed")
	fmt.Println("START RequestId: " + child + " Version: $LATEST")
	log.Println(`reply of the child: {"errorMessage":"printed","errorType":"orderError"}`)
	fmt.Println("END RequestId: " + child)
	fmt.Println("REPORT RequestId: " + child + "\tDuration: 5.00 ms\tStatus: timeout")
}

//go:noinline
func recursion(depth int) int { return recursion(depth+1) + 1 }

func main() {
	switch os.Getenv("LOGGER") {
	case "discard":
		log.SetOutput(io.Discard)
	case "flags":
		log.SetFlags(0)
	case "prefix":
		log.SetPrefix("orders ")
		log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.Lshortfile)
	case "slog_json":
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	case "slog_text":
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, nil)))
	case "slog_error_level":
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelError})))
	case "slog_lambda":
		slog.SetDefault(lambdacontext.NewLogger())
	case "panic_in_init":
		panic("broken while starting")
	case "exit_in_init":
		os.Exit(5)
	}
	lambda.Start(func(ctx context.Context, event json.RawMessage) (any, error) {
		var parsed request
		if err := json.Unmarshal(event, &parsed); err != nil {
			return nil, err
		}
		return handle(ctx, parsed)
	})
}
