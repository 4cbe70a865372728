// Handlers whose logs are captured: one case per situation.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Situation string `json:"situation"`
}

type appError struct{ message string }

func (e *appError) Error() string { return e.message }

func handle(_ context.Context, e event) (map[string]bool, error) {
	switch e.Situation {
	case "ok":
		fmt.Println("plain line")
		log.Print("logged line")
		return map[string]bool{"ok": true}, nil
	case "ok_quoting":
		fmt.Println("START RequestId: cccccccc-0000-4000-8000-00000000000c Version: $LATEST")
		fmt.Println(`{"errorMessage":"boom","errorType":"errorString"}`)
		log.Print(`{"errorMessage":"boom","errorType":"errorString"}`)
		fmt.Println("END RequestId: cccccccc-0000-4000-8000-00000000000c")
		return map[string]bool{"ok": true}, nil
	case "raise_message":
		fmt.Println("plain line")
		return nil, &appError{"boom\nsecond line"}
	case "raise_chained":
		return nil, fmt.Errorf("outer: %w", errors.New("inner"))
	case "raise_own_logger":
		log.SetOutput(os.Stdout)
		log.SetPrefix("app: ")
		return nil, errors.New("boom")
	case "raise_no_flags":
		log.SetFlags(0)
		return nil, errors.New("boom")
	case "raise_discarded":
		null, _ := os.Open(os.DevNull)
		log.SetOutput(null)
		return nil, errors.New("boom")
	case "panic":
		panic("boom")
	case "exit_status":
		os.Exit(3)
	}
	return nil, errors.New(e.Situation)
}

func main() {
	lambda.Start(handle)
}
