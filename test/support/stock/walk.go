// Go's net/http as it is: logs in, sends, and prints the list as it was answered.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

func ask(method, url, token string, body any) []byte {
	var sent io.Reader
	if body != nil {
		text, _ := json.Marshal(body)
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, url, sent)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		panic(fmt.Sprint(answer.Status, " ", string(text), err))
	}
	return text
}

func main() {
	base, email, password, conversation, content := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	var login struct {
		Data struct{ AccessToken string }
	}
	text := ask("POST", base+"/auth/login", "", map[string]string{"email": email, "password": password})
	if err := json.Unmarshal(text, &login); err != nil {
		panic(err)
	}
	messages := base + "/conversations/" + conversation + "/messages"
	ask("POST", messages, login.Data.AccessToken, map[string]string{"content": content})
	os.Stdout.Write(ask("GET", messages, login.Data.AccessToken, nil))
}
