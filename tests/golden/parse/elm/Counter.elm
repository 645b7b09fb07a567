port module Counter exposing (Model, Msg(..), main, update)

{-| A counter with a history.
-}

import Browser
import Html exposing (Html, button, div, text)
import Html.Events as Events


{-| What the page knows.
-}
type alias Model =
    { count : Int
    , history : List Int
    }


{-| What can happen.
-}
type Msg
    = Increment
    | Decrement
    | Jumped Int


type Tree a
    = Leaf
    | Node (Tree a) a (Tree a)


port save : Int -> Cmd msg


port loaded : (Int -> msg) -> Sub msg


-- Never above this.
limit : Int
limit =
    100


{-| Answers a message.
-}
update : Msg -> Model -> ( Model, Cmd Msg )
update msg model =
    case msg of
        Increment ->
            let
                next =
                    min limit (model.count + 1)
            in
            ( { model | count = next }, save next )

        Decrement ->
            ( step model -1, Cmd.none )

        Jumped n ->
            ( { model | count = n }, Cmd.none )


step : Model -> Int -> Model
step model by =
    { model | count = model.count + by }


view : Model -> Html Msg
view model =
    div []
        [ button [ Events.onClick Increment ] [ text "+" ]
        , text (String.fromInt model.count)
        ]


main : Program () Model Msg
main =
    Browser.element
        { init = \_ -> ( Model 0 [], Cmd.none )
        , update = update
        , view = view
        , subscriptions = \_ -> loaded Jumped
        }
