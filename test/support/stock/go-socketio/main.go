// The Socket.IO client for Go as it is: logs in, sends over a socket, hears it, and prints the list as it is acknowledged.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/zishang520/socket.io/clients/socket/v3"
)

const patience = 20 * time.Second

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func login(base, email, password string) string {
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	must(err)
	client := http.Client{Timeout: patience}
	answer, err := client.Post(base+"/auth/login", "application/json", bytes.NewReader(body))
	must(err)
	defer answer.Body.Close()
	var session struct {
		Data struct{ AccessToken string }
	}
	must(json.NewDecoder(answer.Body).Decode(&session))
	return session.Data.AccessToken
}

func waitFor(what string, happened <-chan struct{}) {
	select {
	case <-happened:
	case <-time.After(patience):
		panic(what + ": not in time")
	}
}

// ask emits and waits for the acknowledgement.
func ask(chat *socket.Socket, event string, payload any) map[string]any {
	acked := make(chan map[string]any, 1)
	chat.Timeout(patience).EmitWithAck(event, payload)(func(args []any, err error) {
		must(err)
		acked <- args[0].(map[string]any)
	})
	return <-acked
}

func main() {
	base, email, password, conversation, content := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	options := socket.DefaultOptions()
	options.SetAuth(map[string]any{"token": login(base, email, password)})
	options.SetAutoConnect(false)
	chat, err := socket.Connect(base+"/chat", options)
	must(err)
	connected, heard := make(chan struct{}), make(chan struct{})
	chat.Once("connect", func(...any) { close(connected) })
	chat.On("connect_error", func(reason ...any) { panic(fmt.Sprint(reason...)) })
	chat.On("message:created", func(args ...any) {
		if message, ok := args[0].(map[string]any); ok && message["content"] == content {
			close(heard)
		}
	})
	chat.Connect()
	waitFor("connect", connected)
	sent := ask(chat, "message:send", map[string]any{"conversationId": conversation, "content": content})
	if sent["ok"] != true {
		panic(fmt.Sprint(sent))
	}
	waitFor("message:created", heard)
	must(json.NewEncoder(os.Stdout).Encode(ask(chat, "message:list", map[string]any{"conversationId": conversation})))
	chat.Disconnect()
}
