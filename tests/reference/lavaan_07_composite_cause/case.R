# A composite that explains a factor, with means.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- sem(read_model(), data = data, meanstructure = TRUE)
write_case(fit)
